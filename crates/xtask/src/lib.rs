//! Tidy checks as tests: layers, first lines, file sizes, generated docs.
