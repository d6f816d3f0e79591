//! Defaults of configuration fields, for `#[serde(default = "…")]`.

/// Default of switches that are on.
pub fn yes() -> bool {
    true
}
