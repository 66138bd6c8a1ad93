/**
 * A forest as ONNX's TreeEnsembleClassifier: one node whose attributes are the columns of two tables, of all trees'
 * nodes and of all leaves' votes.
 */
import type { OnnxNode } from '../build/onnx-file.ts';
import type { Tree } from './forest.ts';

/** A row of the table of nodes. A leaf has none of the branch's members. */
interface TreeNode {
  readonly tree: number;
  readonly id: number;
  readonly branch?: Exclude<Tree, { vote: number }>;
  /** Ids of the branch's children. */
  readonly children?: readonly [left: number, right: number];
  readonly vote?: number;
}

/**
 * The node, from `X` [rows, features] to `label` [rows] and `probabilities` [rows, classes]: shares of the trees' votes.
 * With a power of two of trees the shares are exact in FP32.
 */
export function treeEnsembleNode(trees: readonly Tree[], classes: readonly string[]): OnnxNode {
  const nodes = trees.flatMap((tree, i) => flatten(tree, i));
  const leaves = nodes.filter(({ vote }) => vote !== undefined);
  return {
    op: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    inputs: ['X'],
    outputs: ['label', 'probabilities'],
    ints: {
      nodes_treeids: nodes.map(({ tree }) => tree),
      nodes_nodeids: nodes.map(({ id }) => id),
      nodes_featureids: nodes.map(({ branch }) => branch?.feature ?? 0),
      nodes_truenodeids: nodes.map(({ children }) => children?.[0] ?? 0),
      nodes_falsenodeids: nodes.map(({ children }) => children?.[1] ?? 0),
      nodes_missing_value_tracks_true: nodes.map(({ branch }) => Number(branch?.missing === 'left')),
      class_treeids: leaves.map(({ tree }) => tree),
      class_nodeids: leaves.map(({ id }) => id),
      class_ids: leaves.map(({ vote }) => vote ?? 0),
    },
    floats: {
      nodes_values: nodes.map(({ branch }) => branch?.threshold ?? 0),
      class_weights: leaves.map(() => 1 / trees.length),
    },
    strings: {
      nodes_modes: nodes.map(({ branch }) => (branch === undefined ? 'LEAF' : 'BRANCH_LT')),
      classlabels_strings: classes,
      post_transform: 'NONE',
    },
  };
}

/** The tree's nodes, each before its children; the first has the id `id`, and ids go up by one. */
function flatten(tree: Tree, index: number, id = 0): TreeNode[] {
  if ('vote' in tree) return [{ tree: index, id, vote: tree.vote }];
  const left = flatten(tree.left, index, id + 1);
  const rightId = id + 1 + left.length;
  const right = flatten(tree.right, index, rightId);
  return [{ tree: index, id, branch: tree, children: [id + 1, rightId] }, ...left, ...right];
}
