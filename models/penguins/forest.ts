/**
 * A random forest as plain data: grown by ml-random-forest, then made ready for FP32 features and for missing ones, which
 * the library knows nothing of.
 */
import { RandomForestClassifier } from 'ml-random-forest';
import * as v from 'valibot';

/** Features of one example, NaN where one is missing, and the index of its class. */
export interface Example {
  readonly x: readonly number[];
  readonly y: number;
}

/** A leaf votes for a class; a branch sends an example to the left where its feature is less than the threshold. */
export type Tree =
  | { readonly vote: number }
  | {
      readonly feature: number;
      readonly threshold: number;
      /** Where an example without the feature goes. */
      readonly missing: 'left' | 'right';
      readonly left: Tree;
      readonly right: Tree;
    };

/** The forest's size and its randomness. */
export interface ForestOptions {
  readonly trees: number;
  /** How many features, drawn at random, a tree may use. */
  readonly featuresPerTree: number;
  /** A node of so few examples is not split. */
  readonly leafRows: number;
  readonly seed: number;
}

/** Grows a forest with the library, each tree on a bootstrap sample. `x` must be FP32 numbers, none of them NaN. */
export function growForest(examples: readonly Example[], options: ForestOptions): RandomForestClassifier {
  const forest = new RandomForestClassifier({
    nEstimators: options.trees,
    maxFeatures: options.featuresPerTree,
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    seed: options.seed,
    treeOptions: { minNumSamples: options.leafRows },
  });
  forest.train(
    examples.map(({ x }) => [...x]),
    examples.map(({ y }) => y),
  );
  return forest;
}

/** A tree's node as the library exports it: a node that it did not split has a distribution of classes. */
type LibraryNode =
  | { distribution: [number[]] }
  | { splitColumn: number; splitValue: number; left: LibraryNode; right: LibraryNode };

const LibraryNode: v.GenericSchema<LibraryNode> = v.union([
  v.object({ distribution: v.tuple([v.array(v.number())]) }),
  v.object({
    splitColumn: v.number(),
    splitValue: v.number(),
    left: v.lazy(() => LibraryNode),
    right: v.lazy(() => LibraryNode),
  }),
]);

const LibraryForest = v.object({
  baseModel: v.object({
    indexes: v.array(v.array(v.number())),
    estimators: v.array(v.object({ root: LibraryNode })),
  }),
});

/** The forest as the library exports it: nodes, and for each tree the features that its columns are. */
export function readForest(forest: RandomForestClassifier) {
  return v.parse(LibraryForest, JSON.parse(JSON.stringify(forest))).baseModel;
}

/** The library's trees. A missing feature takes the way that more of `examples` take at that branch. */
export function toTrees(forest: RandomForestClassifier, examples: readonly Example[]): Tree[] {
  const { estimators, indexes } = readForest(forest);
  return estimators.map(({ root }, i) => toTree(root, indexes[i] ?? [], examples));
}

function toTree(node: LibraryNode, features: readonly number[], examples: readonly Example[]): Tree {
  if ('distribution' in node) return { vote: indexOfMax(node.distribution[0]) };
  const feature = features[node.splitColumn] ?? node.splitColumn;
  const threshold = roundUp(node.splitValue);
  const lesser = examples.filter(({ x }) => (x[feature] ?? 0) < threshold);
  const others = examples.filter(({ x }) => (x[feature] ?? 0) >= threshold);
  return {
    feature,
    threshold,
    missing: lesser.length >= others.length ? 'left' : 'right',
    left: toTree(node.left, features, lesser),
    right: toTree(node.right, features, others),
  };
}

/** The least FP32 number that is not less: an FP32 feature is less than both or than neither. For positive numbers. */
function roundUp(threshold: number): number {
  const rounded = Float32Array.of(threshold);
  if ((rounded[0] ?? 0) < threshold) {
    const bits = new Uint32Array(rounded.buffer);
    bits[0] = (bits[0] ?? 0) + 1;
  }
  return rounded[0] ?? threshold;
}

/** The share of the trees that vote for each class. */
export function predict(trees: readonly Tree[], x: readonly number[], classes: number): number[] {
  const shares = new Array<number>(classes).fill(0);
  for (const tree of trees) {
    const vote = voteOf(tree, x);
    shares[vote] = (shares[vote] ?? 0) + 1 / trees.length;
  }
  return shares;
}

function voteOf(tree: Tree, x: readonly number[]): number {
  if ('vote' in tree) return tree.vote;
  const value = x[tree.feature] ?? Number.NaN;
  const goesLeft = Number.isNaN(value) ? tree.missing === 'left' : value < tree.threshold;
  return voteOf(goesLeft ? tree.left : tree.right, x);
}

/** The first of the greatest, as in ONNX and in the library. */
export function indexOfMax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
