//! Integration tests of Protium.
