//! A software bill of materials: CycloneDX 1.5, as JSON.

use super::Release;
use super::components::Component;
use std::collections::BTreeSet;

/// <https://cyclonedx.org/docs/1.5/json/>
pub(super) fn json(release: &Release, components: &BTreeSet<Component>) -> String {
    let version = text(&release.version);
    let components: Vec<_> = components.iter().map(component).collect();
    format!(
        "{{\n\"bomFormat\": \"CycloneDX\",\n\"specVersion\": \"1.5\",\n\"version\": 1,\n\
         \"metadata\": {{\"component\": {{\"type\": \"application\", \"name\": \"watchroom\", \"version\": {version}, \
         \"licenses\": [{{\"expression\": \"MIT OR Apache-2.0\"}}]}}}},\n\
         \"components\": [\n{}\n]\n}}\n",
        components.join(",\n")
    )
}

fn component(component: &Component) -> String {
    let Component {
        name,
        version,
        licence,
        repository,
        sha256,
    } = component;
    let package = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
    let mut members = vec![
        format!(
            "\"type\": \"library\", \"bom-ref\": {0}, \"purl\": {0}",
            text(&package)
        ),
        format!("\"name\": {}, \"version\": {}", text(name), text(version)),
    ];
    if !licence.is_empty() {
        members.push(format!(
            "\"licenses\": [{{\"expression\": {}}}]",
            text(licence)
        ));
    }
    if let Some(sha256) = sha256 {
        members.push(format!(
            "\"hashes\": [{{\"alg\": \"SHA-256\", \"content\": {}}}]",
            text(sha256)
        ));
    }
    if !repository.is_empty() {
        members.push(format!(
            "\"externalReferences\": [{{\"type\": \"vcs\", \"url\": {}}}]",
            text(repository)
        ));
    }
    format!("{{{}}}", members.join(", "))
}

/// A string of JSON (RFC 8259, 7).
fn text(value: &str) -> String {
    let mut text = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", control as u32)),
            other => text.push(other),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(text("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }

    #[test]
    fn a_component_has_what_is_known() {
        let known = Component {
            name: "ring".to_owned(),
            version: "0.1.0+x".to_owned(),
            licence: "MIT".to_owned(),
            repository: String::new(),
            sha256: Some("9a8e".to_owned()),
        };
        assert_eq!(
            component(&known),
            "{\"type\": \"library\", \"bom-ref\": \"pkg:cargo/ring@0.1.0%2Bx\", \"purl\": \"pkg:cargo/ring@0.1.0%2Bx\", \
             \"name\": \"ring\", \"version\": \"0.1.0+x\", \"licenses\": [{\"expression\": \"MIT\"}], \
             \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"9a8e\"}]}"
        );
    }
}
