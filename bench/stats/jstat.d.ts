// The part of jStat that is used here.
declare module 'jstat' {
  const module: { readonly jStat: { readonly studentt: { inv(p: number, degrees: number): number } } };
  export default module;
}
