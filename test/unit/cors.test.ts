import { expect, it } from 'vitest';
import { createCors } from '../../shared/http/cors.ts';

it.each(['https://page.example/', 'page.example', 'https://page.example/path', '* https://*.example'])(
  'refuses %s, which no page has as its origin',
  (origins) => {
    expect(() => createCors({ CORS_ORIGINS: origins })).toThrow(/^var CORS_ORIGINS: expected \* or origins/);
  },
);

it.each([{}, { CORS_ORIGINS: '' }, { CORS_ORIGINS: ' , ' }])('is nothing without origins', (vars) => {
  expect(createCors(vars)).toBeUndefined();
});
