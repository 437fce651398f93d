//! Tidy checks as tests: layers, first lines, file sizes, code pages. See `tests/tidy.rs`.
