/** The playground. */
document.title = 'Tandem: try a model';
