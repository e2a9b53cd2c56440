//! What other accounts lend for environments: behaviour 2.10, 12.

use super::*;

impl Domain {
    /// The connection that was made as the n-th one, where the caller may see it.
    fn visible(&self, by: Account, number: usize) -> Option<&Connection> {
        let found = self.connections.get(number).filter(|found| !found.gone);
        found.filter(|found| found.by == by || by == Account::Own)
    }

    /// Whether an environment lives by this connection.
    fn is_in_use(&self, number: usize) -> bool {
        self.environments.values().any(|it| it.connection == Some(number))
    }

    /// Whether the connection that an environment lives by is gone.
    pub(super) fn is_orphan(&self, environment: &Environment) -> bool {
        environment.connection.is_some_and(|number| self.connections[number].gone)
    }

    /// Where there is no role, nothing can be done.
    pub(super) fn weather_in(&self, environment: Name, weather: Weather) -> Weather {
        let is_orphan = self.environments.get(environment).is_some_and(|found| self.is_orphan(found));
        if is_orphan { Weather::Forbidden } else { weather }
    }

    pub(super) fn connection_create(&mut self, by: Account, environment: Name) -> Broken {
        let counts = |it: &Connection| !it.gone && it.status != ConnectionStatus::Rejected;
        let is_taken = self.connections.iter().any(|it| it.environment == environment && counts(it));
        if !is_taken {
            let status = ConnectionStatus::Pending;
            self.connections.push(Connection { by, environment, status, gone: false });
        }
        broken(&[(is_taken, Class::Conflict)])
    }

    pub(super) fn connection_update(&mut self, by: Account, number: usize) -> Broken {
        let Some(found) = self.visible(by, number) else { return only(Class::NotFound) };
        broken(&[
            (found.by != by, Class::Denied),
            (found.status == ConnectionStatus::Rejected, Class::Conflict),
        ])
    }

    pub(super) fn connection_accept(&mut self, by: Account, number: usize) -> Broken {
        let Some(found) = self.visible(by, number) else { return only(Class::NotFound) };
        let rules = broken(&[
            (by != Account::Own, Class::Denied),
            (found.status != ConnectionStatus::Pending, Class::Conflict),
        ]);
        if rules.is_empty() {
            self.connections[number].status = ConnectionStatus::Connected;
        }
        rules
    }

    pub(super) fn connection_reject(&mut self, by: Account, number: usize) -> Broken {
        let Some(found) = self.visible(by, number) else { return only(Class::NotFound) };
        let rules = broken(&[
            (by != Account::Own, Class::Denied),
            (found.status == ConnectionStatus::Rejected || self.is_in_use(number), Class::Conflict),
        ]);
        if rules.is_empty() {
            self.connections[number].status = ConnectionStatus::Rejected;
        }
        rules
    }

    pub(super) fn connection_delete(&mut self, by: Account, number: usize) -> Broken {
        let Some(found) = self.visible(by, number) else { return Broken::new() };
        let rules = broken(&[(found.by != by, Class::Denied)]);
        if rules.is_empty() {
            self.connections[number].gone = true;
        }
        rules
    }

    /// The rules that an environment breaks by living by a connection.
    pub(super) fn lend_rules(&self, number: usize, environment: Name) -> Broken {
        let Some(found) = self.visible(Account::Own, number) else { return only(Class::NotFound) };
        broken(&[
            (found.environment != environment, Class::Validation),
            (found.status != ConnectionStatus::Connected || self.is_in_use(number), Class::Conflict),
        ])
    }

    /// The rules that an environment breaks by going on with this connection.
    pub(super) fn replacement_rules(&self, number: usize, environment: Name) -> Broken {
        match self.environments[environment].connection {
            None => only(Class::Validation),
            Some(current) if current == number => Broken::new(),
            Some(current) => {
                let mut rules = self.lend_rules(number, environment);
                let moves =
                    self.connections.get(number).is_some_and(|it| it.by != self.connections[current].by);
                rules.extend(broken(&[(moves, Class::Validation)]));
                rules
            }
        }
    }
}
