// The part of jStat that is used here.
declare module 'jstat' {
  type Distribution = Record<'inv' | 'cdf', (value: number, ...parameters: number[]) => number>;
  const module: { readonly jStat: Readonly<Record<'studentt' | 'normal' | 'binomial', Distribution>> };
  export default module;
}
