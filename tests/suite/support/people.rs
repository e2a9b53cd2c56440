//! Who else there is: users who may assume roles, and the sessions that they open, in this account and in others.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_sts::config::SharedCredentialsProvider;
use serde_json::{Value, json};

use super::unique;

/// What works in another account of the local AWS: there, an access key of twelve digits is the root of its account.
pub(crate) fn account(own: &SdkConfig, number: &str) -> SdkConfig {
    let root = Credentials::new(number, "test", None, None, "account");
    own.to_builder().credentials_provider(SharedCredentialsProvider::new(root)).build()
}

/// A policy of one statement.
pub(crate) fn policy(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A session of a role, opened under this name by a new user of an account who may open any.
pub(crate) async fn session(account: &SdkConfig, role: &str, name: &str) -> Credentials {
    let iam = aws_sdk_iam::Client::new(account);
    let user = unique("user");
    iam.create_user().user_name(&user).send().await.expect("the user is made");
    let may = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"});
    let put = iam.put_user_policy().user_name(&user).policy_name("roles").policy_document(policy(&may));
    put.send().await.expect("they get their policy");
    let key = iam.create_access_key().user_name(&user).send().await.expect("they get a key");
    let key = key.access_key.expect("the answer holds it");
    let key = Credentials::new(key.access_key_id, key.secret_access_key, None, None, "user");
    let sts = aws_sdk_sts::config::Builder::from(account).credentials_provider(key).build();
    let assume = aws_sdk_sts::Client::from_conf(sts).assume_role().role_arn(role).role_session_name(name);
    let given = assume.send().await.expect("they may").credentials.expect("the answer holds them");
    let (id, secret) = (given.access_key_id, given.secret_access_key);
    Credentials::new(id, secret, Some(given.session_token), None, "session")
}
