//! Documents about alerts.

use crate::support::Place;
use store::AlertDocument;

on_both!(
    documents_are_read_as_they_were_written,
    a_document_of_the_same_kind_and_id_is_replaced,
    a_document_is_removed,
);

fn document(kind: &str, id: &str, body: &str) -> AlertDocument {
    let [kind, id, body] = [kind, id, body].map(str::to_owned);
    AlertDocument { kind, id, body }
}

async fn documents_are_read_as_they_were_written(place: &Place) {
    let store = place.open().await;
    let documents = [
        document("rule", "CPU, of \"all\"", r#"{"above":90}"#),
        document("rule", "Ü", "{}"),
        document("silence", "Ü", "{}"),
    ];
    for document in documents.iter().rev() {
        store.put_alert_document(document).await.unwrap();
    }
    assert_eq!(store.alert_documents().await.unwrap(), documents);
    drop(store);
    let store = place.open().await;
    assert_eq!(store.alert_documents().await.unwrap(), documents);
}

async fn a_document_of_the_same_kind_and_id_is_replaced(place: &Place) {
    let store = place.open().await;
    for body in ["1", "2"] {
        let document = document("rule", "a", body);
        store.put_alert_document(&document).await.unwrap();
    }
    let documents = store.alert_documents().await.unwrap();
    assert_eq!(documents, [document("rule", "a", "2")]);
}

async fn a_document_is_removed(place: &Place) {
    let store = place.open().await;
    for kind in ["rule", "silence"] {
        let document = document(kind, "a", "{}");
        store.put_alert_document(&document).await.unwrap();
    }
    for _ in 0..2 {
        store.remove_alert_document("rule", "a").await.unwrap();
    }
    let documents = store.alert_documents().await.unwrap();
    assert_eq!(documents, [document("silence", "a", "{}")]);
}
