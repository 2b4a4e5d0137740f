use super::text_content::text_content;
use leptos::prelude::*;

/// A term and what it is now, on one line.
pub(crate) fn fact(
    term: &'static str,
    test_id: Option<&'static str>,
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{term}</dt>
            <dd {..text_content(text)} data-testid=test_id></dd>
        </div>
    }
}
