use super::components::Component;
use std::collections::BTreeSet;

/// The licences of the components, as a page.
pub(super) fn text(components: &BTreeSet<Component>) -> String {
    let mut text = "# Components of others\n\nWatchroom contains these crates, in the server or in its page. Their \
                    sources and the full texts of their\nlicences are at their addresses.\n\n\
                    | crate | version | licence | address |\n|---|---|---|---|\n"
        .to_owned();
    for component in components {
        let Component {
            name,
            version,
            licence,
            repository,
            ..
        } = component;
        text.push_str(&format!(
            "| {name} | {version} | {licence} | {repository} |\n"
        ));
    }
    text
}
