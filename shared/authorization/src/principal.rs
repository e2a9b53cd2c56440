//! Who calls, and who is let in whatever the policies say.

/// The caller of a request, as API Gateway found them out.
///
/// API Gateway hands on the ARN and the account, and neither the path of a role nor principal tags: the ARN of a role's
/// session has the role's name and the session's. So policies know roles by name, which is unique in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal<'a> {
    /// The ARN of the user or of the session of a role.
    pub arn: &'a str,
    /// The account they speak for: the environment account, for sessions of the role that stands for those.
    pub account: &'a str,
    /// Whether they speak for another account than the installation's. What such callers may do at all is decided
    /// before; policies can only take from it.
    pub is_environment_account: bool,
}

impl<'a> Principal<'a> {
    /// The name of the role whose session it is; empty for others.
    #[must_use]
    pub fn role(&self) -> &'a str {
        self.session_parts().map_or("", |(role, _)| role)
    }

    /// The name of the role's session; empty for others.
    #[must_use]
    pub fn session(&self) -> &'a str {
        self.session_parts().map_or("", |(_, session)| session)
    }

    /// The name of the IAM user, without its path, or `root` for the account's root user; empty for others.
    #[must_use]
    pub fn user(&self) -> &'a str {
        match self.tail() {
            "root" => "root",
            tail if tail.starts_with("user/") => tail.rsplit('/').next().unwrap_or_default(),
            _ => "",
        }
    }

    fn session_parts(&self) -> Option<(&'a str, &'a str)> {
        self.tail().strip_prefix("assumed-role/")?.split_once('/')
    }

    fn tail(&self) -> &'a str {
        self.arn.splitn(6, ':').nth(5).unwrap_or_default()
    }
}

/// Those who may do everything, whatever the policies say, so that no policy locks everybody out: the parameter
/// `AdministratorArns` of `infra/protium.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Administrators(Vec<Administrator>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Administrator {
    account: String,
    kind: Kind,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Role,
    User,
}

impl Administrators {
    /// The administrators that these ARNs of roles, users and `root` name; `*` stands for anything. Paths don't count,
    /// because callers come without them. What is no such ARN names nobody.
    #[must_use]
    pub fn new(arns: &[String]) -> Self {
        Self(arns.iter().filter_map(|arn| Administrator::of(arn)).collect())
    }

    /// Whether the caller is one of them.
    #[must_use]
    pub fn include(&self, principal: &Principal<'_>) -> bool {
        let (kind, name) = match (principal.role(), principal.user()) {
            ("", "") => return false,
            ("", "root") if principal.tail() == "root" => (Kind::Root, "root"),
            ("", user) => (Kind::User, user),
            (role, _) => (Kind::Role, role),
        };
        !principal.is_environment_account
            && self.0.iter().any(|one| {
                one.kind == kind && is_like(&one.account, principal.account) && is_like(&one.name, name)
            })
    }
}

impl Administrator {
    fn of(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (account, tail) = (parts.nth(4)?, parts.next()?);
        let (kind, name) = match tail.split_once('/') {
            None if tail == "root" => (Kind::Root, "root"),
            Some(("role", name)) => (Kind::Role, name),
            Some(("user", name)) => (Kind::User, name),
            _ => return None,
        };
        let name = name.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(Self { account: account.to_owned(), kind, name: name.to_owned() })
    }
}

/// Whether `text` matches a pattern in which `*` stands for any run of characters.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn principal(arn: &str) -> Principal<'_> {
        Principal { arn, account: ACCOUNT, is_environment_account: false }
    }

    #[rstest]
    #[case(
        "arn:aws:sts::111122223333:assumed-role/developers/alice@example.org",
        "developers",
        "alice@example.org",
        ""
    )]
    #[case("arn:aws:iam::111122223333:user/team/alice", "", "", "alice")]
    #[case("arn:aws:iam::111122223333:root", "", "", "root")]
    #[case("arn:aws:sts::111122223333:federated-user/alice", "", "", "")]
    #[case("nonsense", "", "", "")]
    fn an_arn_names_a_role_or_a_user(
        #[case] arn: &str,
        #[case] role: &str,
        #[case] session: &str,
        #[case] user: &str,
    ) {
        let principal = principal(arn);
        assert_eq!((principal.role(), principal.session(), principal.user()), (role, session, user));
    }

    #[rstest]
    #[case("arn:aws:iam::111122223333:role/Admin", "assumed-role/Admin/x", true)]
    #[case("arn:aws:iam::111122223333:role/some/path/Admin", "assumed-role/Admin/x", true)]
    #[case("arn:aws:iam::111122223333:role/*_Admin_*", "assumed-role/AWSReservedSSO_Admin_0f/x", true)]
    #[case("arn:aws:iam::*:role/Admin", "assumed-role/Admin/x", true)]
    #[case("arn:aws:iam::111122223333:role/Admin", "assumed-role/Administrator/x", false)]
    #[case("arn:aws:iam::999999999999:role/Admin", "assumed-role/Admin/x", false)]
    #[case("arn:aws:iam::111122223333:user/alice", "user/team/alice", true)]
    #[case("arn:aws:iam::111122223333:user/alice", "assumed-role/alice/x", false)]
    #[case("arn:aws:iam::111122223333:root", "root", true)]
    #[case("arn:aws:iam::111122223333:root", "user/root", false)]
    #[case("arn:aws:iam::111122223333:user/root", "root", false)]
    #[case("*", "root", false)]
    #[case("", "root", false)]
    fn administrators_are_named_by_role_user_or_root(
        #[case] arn: &str,
        #[case] tail: &str,
        #[case] expected: bool,
    ) {
        let administrators = Administrators::new(&[arn.to_owned()]);
        assert_eq!(administrators.include(&principal(&format!("arn:aws:sts::{ACCOUNT}:{tail}"))), expected);
    }

    #[test]
    fn environment_accounts_are_never_administrators() {
        let administrators = Administrators::new(&["arn:aws:iam::*:role/*".to_owned()]);
        let arn = "arn:aws:sts::111122223333:assumed-role/environment-accounts/222233334444";
        let caller = Principal { arn, account: "222233334444", is_environment_account: true };
        assert!(!administrators.include(&caller));
    }

    #[rstest]
    #[case("a*c", "abc", true)]
    #[case("a*c", "ac", true)]
    #[case("a*b*c", "axbyc", true)]
    #[case("a*b*c", "axyc", false)]
    #[case("ab*b", "ab", false)]
    #[case("*", "", true)]
    #[case("", "", true)]
    #[case("", "a", false)]
    fn stars_stand_for_anything(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_like(pattern, text), expected);
    }
}
