//! GetService and ListServices.

use protium_domain::name::ResourceName;
use protium_domain::service::Service;

use super::{ServiceView, unknown};
use crate::context::App;
use crate::error::Result;
use crate::paging::{Page, PageRequest};
use crate::ports::{Key, ListQuery, StoreExt};

/// Reads a service.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none of that name.
pub async fn service_get(app: &App, name: &ResourceName) -> Result<ServiceView> {
    let found: Option<Service> = app.store.find(Key::Service(name.clone())).await?;
    ServiceView::load(app, found.ok_or_else(|| unknown(app, name))?).await
}

/// Lists services by name.
///
/// # Errors
/// The store's failures only.
pub async fn service_list(app: &App, page: &PageRequest) -> Result<Page<Service>> {
    Ok(app.store.page(&ListQuery::Services, page).await?)
}
