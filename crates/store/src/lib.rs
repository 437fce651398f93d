//! The Store trait: questions the engine and operators ask; the memory store; the conformance suite.
