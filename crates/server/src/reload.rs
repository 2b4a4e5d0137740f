use crate::Server;
use crate::config::{Config, Flags, Layers};

/// Reads the configuration again, and applies what of it a running server can apply.
pub struct Reloader<'a> {
    flags: &'a Flags,
    /// What the server uses.
    running: Config,
}

impl<'a> Reloader<'a> {
    /// For a server that was started with these flags, and this configuration of them.
    pub fn new(flags: &'a Flags, running: Config) -> Self {
        Self { flags, running }
    }

    /// Applies the present configuration; one that cannot be used changes nothing. The log says which settings
    /// changed, and which of them need a restart. The certificate and the files of rules are read again in any case: who renews it need not
    /// know of the configuration.
    pub fn reload(&mut self, server: &Server) {
        server.reload_certificate();
        let config = match Layers::gather(self.flags).and_then(|layers| layers.config()) {
            Ok(config) => config,
            Err(error) => {
                let error = error.to_string();
                tracing::error!(
                    error,
                    "The configuration was not reloaded; no setting has changed."
                );
                server.reload_rules();
                return;
            }
        };
        let (applied, left): (Vec<_>, Vec<_>) = self
            .running
            .changes(&config)
            .into_iter()
            .partition(|setting| setting.reloads);
        self.running = self.running.reloaded(&config);
        server.reconfigure(&self.running);
        server.reload_rules();
        for setting in left {
            tracing::warn!(
                setting = setting.key,
                "A setting has changed; restart to apply it."
            );
        }
        let applied: Vec<_> = applied.iter().map(|setting| setting.key).collect();
        tracing::info!(
            applied = applied.join(", "),
            "The configuration was reloaded."
        );
    }
}
