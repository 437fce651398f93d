//! The moving shell: claim, perform, commit, wait; and ops, what operators can ask and do.
