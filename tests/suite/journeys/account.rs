//! Account settings: behaviour 2.8. There is one account, and the shared one keeps its role for pipelines.

use crate::support::protium::with_own;
use crate::support::refusal::refused;

#[test]
fn account_settings_are_set_and_cleared() {
    with_own(async |protium| {
        let proton = &protium.proton;
        let role = &protium.outputs.provisioning_role_arn;
        let get = async || proton.get_account_settings().send().await.expect("settings").account_settings;
        let before = get().await;
        assert!(before.is_none_or(|settings| settings.pipeline_service_role_arn.is_none()));

        proton.update_account_settings().pipeline_service_role_arn(role).send().await.expect("set");
        proton.update_account_settings().pipeline_codebuild_role_arn(role).send().await.expect("set");
        let settings = get().await.expect("settings");
        assert_eq!(settings.pipeline_service_role_arn.as_ref(), Some(role), "what is absent stays");
        assert_eq!(settings.pipeline_codebuild_role_arn.as_ref(), Some(role));

        let stranger = "arn:aws:iam::000000000000:role/somebody-elses";
        refused(proton.update_account_settings().pipeline_service_role_arn(stranger).send().await)
            .is("ValidationException", &[stranger]);
        proton.update_account_settings().pipeline_service_role_arn("").send().await.expect("cleared");
        let settings = get().await.expect("settings");
        assert_eq!(
            (settings.pipeline_service_role_arn, settings.pipeline_codebuild_role_arn.as_ref()),
            (None, Some(role))
        );
    });
}
