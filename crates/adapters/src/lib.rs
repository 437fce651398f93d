//! The receiver channels in the box, one folder each.
