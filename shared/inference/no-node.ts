/** Stands in for the modules of Node that onnxruntime-web's glue names on a path that no Worker takes; see `[alias]`. */
export default {};
