//! CloudWatch: whether alarms ring.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use protium_app::ports::{Alarms, PortError};
use protium_domain::arn::Location;

use crate::connection::{Connection, Lazy};
use crate::failure::port_error;

/// Alarms of one account and region, metric alarms and composite ones.
#[derive(Debug)]
pub struct CloudWatchAlarms {
    client: Lazy<Client>,
    location: Location,
}

impl CloudWatchAlarms {
    /// The alarms of `location`.
    #[must_use]
    pub fn new(connection: &Connection, location: Location) -> Self {
        Self { client: connection.lazy(Client::new), location }
    }

    /// The name of an alarm that is given by name or ARN; nothing for the ARN of an alarm that lies elsewhere.
    fn name<'a>(&self, alarm: &'a str) -> Option<&'a str> {
        if !alarm.starts_with("arn:") {
            return Some(alarm);
        }
        let Location { partition, region, account, .. } = &self.location;
        alarm.strip_prefix(&format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:"))
    }

    /// The states of the alarms with these names that exist.
    async fn states(&self, names: Vec<String>) -> Result<BTreeMap<String, StateValue>, PortError> {
        let call = self.client.describe_alarms().set_alarm_names(Some(names));
        let call = call.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let mut pages = call.into_paginator().send();
        let mut states = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(port_error("cloudwatch:DescribeAlarms"))?;
            let metric = page.metric_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_value()));
            let composite =
                page.composite_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_value()));
            states.extend(
                metric.chain(composite).filter_map(|(name, state)| Some((name?.to_owned(), state?.clone()))),
            );
        }
        Ok(states)
    }
}

#[async_trait]
impl Alarms for CloudWatchAlarms {
    async fn ringing(&self, alarms: &[String]) -> Result<Vec<String>, PortError> {
        let names: Vec<String> =
            alarms.iter().filter_map(|alarm| self.name(alarm)).map(ToOwned::to_owned).collect();
        // Without names CloudWatch describes every alarm that there is.
        let states = if names.is_empty() { BTreeMap::new() } else { self.states(names).await? };
        let ringing = alarms.iter().filter_map(|alarm| match self.name(alarm).map(|name| states.get(name)) {
            Some(Some(StateValue::Alarm)) => Some(alarm.clone()),
            Some(Some(_)) => None,
            Some(None) => Some(format!("{alarm} (which does not exist)")),
            None => Some(format!("{alarm} (which is not of this account and region)")),
        });
        Ok(ringing.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::Script;

    fn alarms(script: &Script) -> CloudWatchAlarms {
        let location = Location {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
        };
        CloudWatchAlarms::new(&script.connection(), location)
    }

    const ARN: &str = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:";

    #[test]
    fn alarms_are_known_by_name_and_by_arn() {
        let script = Script::new([]);
        let alarms = alarms(&script);
        assert_eq!(alarms.name("errors"), Some("errors"));
        assert_eq!(alarms.name(&format!("{ARN}errors")), Some("errors"));
        assert_eq!(alarms.name("arn:aws:cloudwatch:eu-west-1:444455556666:alarm:errors"), None);
        assert_eq!(alarms.name("arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"), None);
    }

    #[tokio::test]
    async fn without_alarms_nobody_is_asked() {
        let script = Script::new([]);
        assert_eq!(alarms(&script).ringing(&[]).await.expect("no call"), Vec::<String>::new());
        let elsewhere = "arn:aws:cloudwatch:us-east-1:1:alarm:x".to_owned();
        let ringing = alarms(&script).ringing(&[elsewhere]).await.expect("no call");
        assert!(ringing[0].contains("not of this account"), "{ringing:?}");
        assert!(script.sent().is_empty());
    }
}
