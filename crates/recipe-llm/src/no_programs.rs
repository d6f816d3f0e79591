//! Runs in which no program may be started, not even a server of tools.

use recipe_core::ConfigError;

use crate::tool_servers::ToolServer;

/// A program [provides](recipe_core::Registry::add_extension) its registry with this to have servers of tools refused that are
/// programs to start: as a mistake in the recipe, before its first step runs. Servers at an address stay.
#[derive(Debug, Clone)]
pub struct NoPrograms {
    reason: String,
}

impl NoPrograms {
    /// The `reason` is told behind `servers that are programs are refused: `.
    pub fn new(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { reason }
    }

    /// Whether a server, which stands in this field, may be used.
    pub(crate) fn check(&self, server: &ToolServer, field: &str) -> Result<(), ConfigError> {
        if !server.is_program() {
            return Ok(());
        }
        let message = format!("servers that are programs are refused: {}", self.reason);
        Err(ConfigError::new(format!("{field}.command"), message))
    }

    /// The same for several of them.
    pub(crate) fn check_all(&self, servers: &[ToolServer], field: &str) -> Result<(), ConfigError> {
        let mut servers = servers.iter().enumerate();
        servers.try_for_each(|(index, server)| self.check(server, &format!("{field}[{index}]")))
    }
}
