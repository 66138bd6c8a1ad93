/**
 * Draws latency over time in the browser with uPlot, from the data in the page: the lines of one experiment at a time, and
 * the generator's lag beneath. Plain JavaScript, because it goes into the page as it is.
 */
(() => {
  const source = document.getElementById('timeline-data');
  if (source === null) return;
  const data = JSON.parse(source.textContent);
  const place = { latency: document.getElementById('timeline-latency'), lag: document.getElementById('timeline-lag') };
  const select = document.getElementById('timeline-experiment');
  const readout = document.getElementById('timeline-readout');
  const HEIGHT = { latency: 300, lag: 110 };
  /** A line without a point for so long is broken, in seconds. */
  const BREAK_S = 20;
  const charts = [];

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  /** `var(--s0)` as the colour that it stands for now: a canvas does not follow the page by itself. */
  const colorOf = (value) => () => css(value.slice(4, -1));
  const dashOf = (dash) => (dash === '' ? [] : dash.split(' ').map(Number));
  const number = (value) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

  /** The stretches in which a line has no point, between the starts of a run: from its last point to its next. */
  const breaksOf = ({ atS }) =>
    atS.flatMap((time, i) => (time - (atS[i - 1] ?? time) > BREAK_S ? [[atS[i - 1], time]] : []));

  /**
   * Columns of all lines over the times of any of them, from the beginning of the run to its end. uPlot draws over what is
   * undefined, where other lines have their points, and leaves a gap at null.
   */
  const columnsOf = (lines, names) => {
    const breaks = lines.flatMap(breaksOf).map(([from, to]) => (from + to) / 2);
    const times = [...new Set([0, data.endS, ...breaks, ...lines.flatMap((line) => line.atS)])].sort((a, b) => a - b);
    const place = new Map(times.map((time, i) => [time, i]));
    const column = (line, name) => {
      const values = Array(times.length).fill(undefined);
      for (const [from, to] of breaksOf(line)) values.fill(null, place.get(from) + 1, place.get(to));
      line.atS.forEach((time, i) => {
        values[place.get(time)] = line[name][i];
      });
      return values;
    };
    return [times, ...lines.flatMap((line) => names.map((name) => column(line, name)))];
  };

  /** Corners of a symbol around 0, in half its size; a circle where there are none. */
  const SHAPES = {
    diamond: [
      [0, -1.3],
      [0.9, 0],
      [0, 1.3],
      [-0.9, 0],
    ],
    square: [
      [-0.9, -0.9],
      [0.9, -0.9],
      [0.9, 0.9],
      [-0.9, 0.9],
    ],
    triangle: [
      [0, -1.2],
      [1.1, 0.9],
      [-1.1, 0.9],
    ],
    star: Array.from({ length: 10 }, (_, i) => {
      const radius = i % 2 === 0 ? 1.4 : 0.6;
      return [radius * Math.sin((i * Math.PI) / 5), -radius * Math.cos((i * Math.PI) / 5)];
    }),
    cross: [
      [-0.4, -1.2],
      [0.4, -1.2],
      [0.4, -0.4],
      [1.2, -0.4],
      [1.2, 0.4],
      [0.4, 0.4],
      [0.4, 1.2],
      [-0.4, 1.2],
      [-0.4, 0.4],
      [-1.2, 0.4],
      [-1.2, -0.4],
      [-0.4, -0.4],
    ],
    hexagon: Array.from({ length: 6 }, (_, i) => [
      1.1 * Math.sin((i * Math.PI) / 3),
      1.1 * Math.cos((i * Math.PI) / 3),
    ]),
    wye: [
      [0, 0.3],
      [1.1, -0.9],
      [1.3, -0.4],
      [0.4, 0.6],
      [0.4, 1.3],
      [-0.4, 1.3],
      [-0.4, 0.6],
      [-1.3, -0.4],
      [-1.1, -0.9],
    ],
  };

  /** uPlot's path of the points of a series, each a symbol. */
  const marksOf = (symbol) => (chart, series, first, last) => {
    const fill = new Path2D();
    const half = 3 * devicePixelRatio;
    for (let i = first; i <= last; i++) {
      const value = chart.data[series][i];
      if (value == null) continue;
      const [x, y] = [chart.valToPos(chart.data[0][i], 'x', true), chart.valToPos(value, 'y', true)];
      const corners = SHAPES[symbol];
      if (corners === undefined) {
        fill.moveTo(x + half, y);
        fill.arc(x, y, half, 0, 2 * Math.PI);
        continue;
      }
      for (const [k, [dx, dy]] of corners.entries()) {
        fill[k === 0 ? 'moveTo' : 'lineTo'](x + dx * half, y + dy * half);
      }
      fill.closePath();
    }
    return { fill, stroke: null, clip: null, flags: 3 };
  };

  const late = data.lines.filter(({ lagP99Ms }) => lagP99Ms.some((lag) => lag !== null));

  const median = (line) => ({
    label: `${line.subject} p50`,
    stroke: colorOf(line.color),
    width: 1.5,
    dash: dashOf(line.dash),
    points: { show: false },
  });
  const tail = (line, label) => ({
    label: `${line.subject} ${label}`,
    stroke: colorOf(line.color),
    paths: () => null,
    points: { show: true, size: 6, width: 0, fill: colorOf(line.color), paths: marksOf(line.symbol) },
  });

  const axis = (label, size) => ({
    ...(label && { label, labelSize: 18 }),
    size,
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
    stroke: colorOf('var(--muted)'),
    grid: { stroke: colorOf('var(--grid)'), width: 1 },
    ticks: { show: false },
  });

  const shadeWarmUps = (chart) => {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.fillStyle = css('--shade');
    for (const [from, to] of data.warmUps) {
      const left = chart.valToPos(from, 'x', true);
      ctx.fillRect(left, bbox.top, Math.max(1, chart.valToPos(to, 'x', true) - left), bbox.height);
    }
    ctx.restore();
  };

  const tell = (chart) => {
    const i = chart.cursor.idx;
    if (i == null) {
      readout.textContent = '';
      return;
    }
    const told = chart.series.slice(1).flatMap(({ label }, k) => {
      const value = chart.data[k + 1][i];
      return value == null ? [] : `${label} ${number(value)} ms`;
    });
    readout.textContent = `${number(chart.data[0][i])} s: ${told.join(', ')}`;
  };

  /** 1, 2 and 5 times the powers of ten from `min` to `max`. */
  const roundNumbers = (min, max) => {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** (i - 8));
    const all = powers.flatMap((power) => [1, 2, 5].map((step) => Number((step * power).toPrecision(1))));
    return all.filter((tick) => tick >= min && tick <= max);
  };

  const draw = (where, { series, columns, y, splits, label, timeLabel }) => {
    const chart = new uPlot(
      {
        width: Math.max(240, where.clientWidth),
        height: HEIGHT[where === place.lag ? 'lag' : 'latency'],
        legend: { show: false },
        cursor: { sync: { key: 'timeline' }, drag: { x: true, y: false }, points: { size: 7 } },
        scales: { x: { time: false, range: (_, min, max) => [min, max] }, y },
        axes: [
          {
            ...axis(timeLabel, timeLabel ? 32 : 14),
            values: (_, ticks) => ticks.map((tick) => (timeLabel ? number(tick) : '')),
          },
          {
            ...axis(label, 46),
            ...(splits && { splits }),
            values: (_, ticks) => ticks.map((tick) => (tick == null ? '' : number(tick))),
          },
        ],
        series: [{}, ...series],
        hooks: { drawClear: [shadeWarmUps], setCursor: [tell] },
      },
      columns,
      where,
    );
    charts.push(chart);
  };

  const show = () => {
    for (const chart of charts.splice(0)) chart.destroy();
    const lines = data.lines.filter(({ experiment }) => experiment === select.value);
    draw(place.latency, {
      series: lines.flatMap((line) => [median(line), tail(line, 'p99')]),
      columns: columnsOf(lines, ['p50Ms', 'p99Ms']),
      y: { distr: 3, range: (_, min, max) => [min / 1.3, max * 1.3] },
      splits: (_, __, min, max) => roundNumbers(min, max),
      label: `${select.value}, ms`,
      timeLabel: late.length === 0 ? 'time since the run began, s' : '',
    });
    if (late.length === 0) return;
    // The lag is the generator's own, so that it is shown of all experiments alike.
    draw(place.lag, {
      series: late.map((line) => tail(line, `${line.experiment} lag p99`)),
      columns: columnsOf(late, ['lagP99Ms']),
      y: { range: (_, __, max) => [0, Math.max(0.1, max * 1.1)] },
      label: 'lag, ms',
      timeLabel: 'time since the run began, s',
    });
  };

  const fit = () => {
    for (const chart of charts) {
      const width = Math.max(240, chart.root.parentElement.clientWidth);
      if (width === chart.width) chart.redraw(false);
      else chart.setSize({ width, height: chart.height });
    }
  };

  show();
  select.addEventListener('change', show);
  addEventListener('resize', fit);
  for (const query of ['print', '(prefers-color-scheme: dark)']) matchMedia(query).addEventListener('change', fit);
})();
