//! Scenarios: messages in, scripted receiver outcomes, a clock that stands still; what must have happened.
