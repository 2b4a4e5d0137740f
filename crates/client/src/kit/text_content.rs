//! Text that changes, written through its element.
//!
//! Leptos updates the text node that it has made. A translator, or an extension, replaces text nodes by its own:
//! updates would go to a node that is not on the page, and the page would silently freeze. Elements stay.

use leptos::prelude::*;
use leptos::tachys::html::attribute::{Attribute, NextAttribute};
use leptos::tachys::renderer::types::Element;

/// The content of an element that has no other: a value or a name, which is never to be translated.
///
/// It is spread among the element's attributes: `<dd {..text_content(value)}></dd>`.
pub(crate) fn text_content(text: Signal<String>) -> TextContent {
    TextContent {
        text,
        translates: false,
    }
}

/// The same, of words that a translator may replace until they change.
pub(crate) fn translatable(text: Signal<String>) -> TextContent {
    TextContent {
        text,
        translates: true,
    }
}

#[derive(Clone, Copy)]
pub(crate) struct TextContent {
    text: Signal<String>,
    translates: bool,
}

impl TextContent {
    /// Writes the text whenever it changes; at first only if that `is_due`.
    fn follow(self, element: &Element, is_due: bool) -> (Element, RenderEffect<String>) {
        let Self { text, .. } = self;
        let place = element.clone();
        let write = move |before: Option<String>| {
            let text = text.get();
            if before.map_or(is_due, |before| before != text) {
                place.set_text_content(Some(&text));
            }
            text
        };
        (element.clone(), RenderEffect::new(write))
    }
}

impl Attribute for TextContent {
    type State = (Element, RenderEffect<String>);
    type AsyncOutput = Self;
    type Cloneable = Self;
    type CloneableOwned = Self;

    const MIN_LENGTH: usize = 0;

    fn html_len(&self) -> usize {
        0
    }

    #[cfg_attr(
        not(feature = "ssr"),
        expect(unused_variables, reason = "only the server writes HTML")
    )]
    fn to_html(
        self,
        attributes: &mut String,
        _class: &mut String,
        _style: &mut String,
        content: &mut String,
    ) {
        #[cfg(feature = "ssr")]
        {
            if !self.translates {
                attributes.push_str(" translate=\"no\"");
            }
            for character in self.text.get().chars() {
                match character {
                    '&' => content.push_str("&amp;"),
                    '<' => content.push_str("&lt;"),
                    '>' => content.push_str("&gt;"),
                    _ => content.push(character),
                }
            }
        }
    }

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        self.follow(element, !FROM_SERVER)
    }

    fn build(self, element: &Element) -> Self::State {
        if !self.translates {
            // It fails for impossible names only.
            let _ = element.set_attribute("translate", "no");
        }
        self.follow(element, true)
    }

    fn rebuild(self, state: &mut Self::State) {
        *state = self.follow(&state.0, true);
    }

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

impl NextAttribute for TextContent {
    type Output<NewAttr: Attribute> = (Self, NewAttr);

    fn add_any_attr<NewAttr: Attribute>(self, other: NewAttr) -> (Self, NewAttr) {
        (self, other)
    }
}
