//! Many at once.

use protium_domain::fleet::{Concurrency, FleetUpdateStatus as Status, Strategy};

use crate::fleet::{change_environment, check, counts, fleet_of, start, status, versions, view};

#[tokio::test]
async fn a_hundred_and_twenty_go_over_three_accounts() {
    let mut world = fleet_of(120).await;
    for number in 0..120 {
        let account = ["111122223333", "222233334444", "333344445555"][number % 3];
        change_environment(&world, number, |it| it.account = account.to_owned());
    }
    let strategy = Strategy {
        concurrency: Concurrency::new(20).expect("valid"),
        tolerance: "2%".parse().expect("some"),
        canary: Some(protium_domain::fleet::Canary::Share("5".parse().expect("five"))),
        ..Strategy::default()
    };
    let id = start(&world, strategy).await;
    world.run().await;
    check(&world, &id).await;
    let view = view(&world, &id).await;
    assert_eq!((view.waves.len(), view.waves[1].lanes.len()), (2, 3));
    assert_eq!((status(&world, &id).await, versions(&world)), (Status::Succeeded, (0, 120)));
    assert_eq!(counts(&world, &id).await.succeeded, 120);
    assert!(world.fleet.most_at_once <= 20, "{} at once", world.fleet.most_at_once);
}
