//! Calls that race are those that read before any of them writes.

use protium_app::ports::{Key, StoreExt, Write};
use protium_domain::account::AccountSettings;
use protium_domain::revision::Revision;
use protium_testkit::TestApp;

pub(crate) use protium_testkit::race;

#[tokio::test]
async fn of_calls_that_read_the_same_one_wins() {
    let test = TestApp::new();
    let won = race(&test, 3, |app, _| async move {
        let read = app.store.find::<AccountSettings>(Key::AccountSettings).await.expect("reads");
        let read = read.and_then(|settings| settings.revision);
        let settings = AccountSettings { revision: Some(Revision::first(app.now())), ..Default::default() };
        app.store.commit(&[Write::ReplaceSettings(settings, read)]).await.is_ok()
    });
    assert_eq!(won.await.into_iter().filter(|won| *won).count(), 1);
}
