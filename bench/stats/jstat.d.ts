// The part of jStat that is used here.
declare module 'jstat' {
  const module: {
    readonly jStat: {
      readonly studentt: { inv(p: number, degrees: number): number; cdf(t: number, degrees: number): number };
      readonly normal: { inv(p: number, mean: number, deviation: number): number };
      readonly binomial: { cdf(count: number, n: number, p: number): number };
    };
  };
  export default module;
}
