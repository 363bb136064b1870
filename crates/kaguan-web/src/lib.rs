//! The console: axum pages rendered on the server.
