//! Attributes that never change.

use leptos::tachys::html::attribute::AttributeValue;
use leptos::tachys::html::class::IntoClass;
use leptos::tachys::renderer::types::Element;

/// The value of an attribute that never changes. Where the server has written it, the browser has
/// nothing to do; of a plain text it would keep the element and the text, to change it some day.
#[derive(Clone, Copy)]
pub(crate) struct Fixed(&'static str);

pub(crate) fn fixed(value: &'static str) -> Fixed {
    Fixed(value)
}

#[inline(never)]
fn set(element: &Element, name: &str, value: &str) {
    // It fails for impossible names only.
    let _ = element.set_attribute(name, value);
}

impl AttributeValue for Fixed {
    type State = ();
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.len()
    }

    fn to_html(self, name: &str, html: &mut String) {
        AttributeValue::to_html(self.0, name, html);
    }

    fn to_template(_name: &str, _html: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, name: &str, element: &Element) {
        if !FROM_SERVER {
            set(element, name, self.0);
        }
    }

    fn build(self, element: &Element, name: &str) {
        set(element, name, self.0);
    }

    fn rebuild(self, _name: &str, (): &mut ()) {}

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }
}

impl IntoClass for Fixed {
    type AsyncOutput = Self;
    type State = ();
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        self.0.len()
    }

    fn to_html(self, class: &mut String) {
        IntoClass::to_html(self.0, class);
    }

    fn should_overwrite(&self) -> bool {
        self.0.should_overwrite()
    }

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) {
        if !FROM_SERVER {
            set(element, "class", self.0);
        }
    }

    fn build(self, element: &Element) {
        set(element, "class", self.0);
    }

    fn rebuild(self, (): &mut ()) {}

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn reset((): &mut ()) {}
}
