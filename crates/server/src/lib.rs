//! HTTP ingress and the management API.
