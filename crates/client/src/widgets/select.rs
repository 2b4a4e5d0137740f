use leptos::prelude::*;

/// A choice: each option's value and what it is called.
pub(super) struct Select {
    pub(super) test_id: &'static str,
    pub(super) label: &'static str,
    pub(super) options: Signal<Vec<[String; 2]>>,
}

/// Options that do not change.
pub(super) fn options<const COUNT: usize>(options: [[&str; 2]; COUNT]) -> Signal<Vec<[String; 2]>> {
    let owned = options.iter().map(|option| option.map(str::to_owned));
    Signal::stored(owned.collect())
}

/// One type of handler, as in [`super::button`]. A browser must not fill in an earlier page's
/// choice.
pub(super) fn select(select: Select, choose: Box<dyn Fn(String) + Send>) -> impl IntoView {
    let Select {
        test_id,
        label,
        options,
    } = select;
    let options = move || {
        let option = |[value, name]: [String; 2]| view! { <option value=value>{name}</option> };
        options.get().into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <select
            class="select"
            data-testid=test_id
            aria-label=label
            title=label
            autocomplete="off"
            on:change=move |event| choose(event_target_value(&event))
        >
            {options}
        </select>
    }
}
