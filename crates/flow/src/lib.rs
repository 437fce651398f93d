//! The checked flow graph; YAML to raw to checked; JSON Schema.
