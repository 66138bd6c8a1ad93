// Runs after `npm ci`. On Linux the project brings its own Node; elsewhere the user's must run TypeScript files.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`tandem: expected Node 22.18 or newer, got ${process.versions.node}; please install a newer one`);
}
