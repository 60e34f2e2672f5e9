//! Describe: the schema in the words of the wire.
//! Nothing is added here that validation does not know.

use serde_json::{Map, Value, json};

use super::{Field, Kind, Object, Schema};
use crate::oauth::Rights;

/// The entry of an object in the list of all objects, and the beginning of its own describe.
pub(crate) fn summary(object: &Object, rights: Rights, version: &str) -> Map<String, Value> {
    let base = format!("/services/data/{version}/sobjects/{}", object.name);
    let value = json!({
        "activateable": false,
        "associateEntityType": null,
        "associateParentEntity": null,
        "createable": object.writable && rights.create,
        "custom": false,
        "customSetting": false,
        "deepCloneable": false,
        "deletable": object.writable && rights.delete,
        "deprecatedAndHidden": false,
        "feedEnabled": object.writable,
        "hasSubtypes": false,
        "isInterface": false,
        "isSubtype": false,
        "keyPrefix": object.prefix,
        "label": object.label,
        "labelPlural": object.plural,
        "layoutable": object.name != "Organization",
        "mergeable": matches!(object.name, "Lead" | "Account" | "Contact"),
        "mruEnabled": object.writable,
        "name": object.name,
        "queryable": true,
        "replicateable": true,
        "retrieveable": true,
        "searchable": object.name != "Organization",
        "triggerable": object.writable,
        "undeletable": object.writable,
        "updateable": object.writable && rights.update,
        "urls": {
            "sobject": base,
            "describe": format!("{base}/describe"),
            "rowTemplate": format!("{base}/{{ID}}"),
        },
    });
    match value {
        Value::Object(map) => map,
        _ => unreachable!("the literal above is an object"),
    }
}

/// The whole describe of an object for a user.
pub(crate) fn full(schema: &Schema, object: &Object, rights: Rights, version: &str) -> Value {
    let mut map = summary(object, rights, version);
    map.insert("actionOverrides".into(), json!([]));
    map.insert("childRelationships".into(), children(schema, object));
    map.insert("compactLayoutable".into(), json!(object.writable));
    let fields: Vec<Value> = object
        .fields
        .iter()
        .map(|f| field(f, object, rights))
        .collect();
    map.insert("fields".into(), Value::Array(fields));
    map.insert("namedLayoutInfos".into(), json!([]));
    map.insert("networkScopeFieldName".into(), Value::Null);
    map.insert(
        "recordTypeInfos".into(),
        json!([{
            "active": true,
            "available": true,
            "defaultRecordTypeMapping": true,
            "developerName": "Master",
            "master": true,
            "name": "Master",
            "recordTypeId": "012000000000000AAA",
            "urls": {"layout": format!("/services/data/{version}/sobjects/{}/describe/layouts/012000000000000AAA", object.name)},
        }]),
    );
    map.insert("searchLayoutable".into(), json!(object.writable));
    map.insert("sobjectDescribeOption".into(), json!("FULL"));
    map.insert(
        "supportedScopes".into(),
        json!([
            {"label": format!("All {}", object.plural.to_lowercase()), "name": "everything"},
            {"label": format!("My {}", object.plural.to_lowercase()), "name": "mine"},
        ]),
    );
    Value::Object(map)
}

fn children(schema: &Schema, object: &Object) -> Value {
    let all = schema
        .objects
        .iter()
        .filter(|child| child.writable)
        .flat_map(|child| {
            child
                .fields
                .iter()
                .filter(|f| f.refers_to.contains(&object.name))
                .map(move |f| {
                    json!({
                        "cascadeDelete": f.children.is_some() && f.name == "AccountId",
                        "childSObject": child.name,
                        "deprecatedAndHidden": false,
                        "field": f.name,
                        "junctionIdListNames": [],
                        "junctionReferenceTo": [],
                        "relationshipName": f.children,
                        "restrictedDelete": false,
                    })
                })
        });
    Value::Array(all.collect())
}

fn field(field: &Field, object: &Object, rights: Rights) -> Value {
    let number = field.kind.is_number();
    let picklist: Vec<Value> = field
        .values
        .iter()
        .map(|value| {
            json!({
                "active": true,
                "defaultValue": field.default == Some(value),
                "label": value,
                "validFor": null,
                "value": value,
            })
        })
        .collect();
    let default = match field.kind {
        Kind::Boolean => json!(false),
        _ => json!(field.default),
    };
    json!({
        "aggregatable": field.is_filterable() && field.kind != Kind::Boolean,
        "aiPredictionField": false,
        "autoNumber": false,
        "byteLength": field.length * 3,
        "calculated": field.calculated,
        "calculatedFormula": null,
        "cascadeDelete": false,
        "caseSensitive": false,
        "compoundFieldName": compound(object, field),
        "controllerName": null,
        "createable": field.createable && object.writable && rights.create,
        "custom": field.is_custom(),
        "defaultValue": default,
        "defaultValueFormula": null,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "digits": if field.kind == Kind::Int { field.precision } else { 0 },
        "displayLocationInDecimal": false,
        "encrypted": false,
        "externalId": field.external_id,
        "extraTypeInfo": null,
        "filterable": field.is_filterable(),
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": false,
        "groupable": field.is_filterable() && !number && field.kind != Kind::DateTime,
        "highScaleNumber": false,
        "htmlFormatted": false,
        "idLookup": field.id_lookup,
        "inlineHelpText": null,
        "label": field.label,
        "length": field.length,
        "mask": null,
        "maskType": null,
        "name": field.name,
        "nameField": field.is_name,
        "namePointing": field.refers_to.len() > 1,
        "nillable": field.nillable,
        "permissionable": field.nillable && field.kind != Kind::Id,
        "picklistValues": picklist,
        "polymorphicForeignKey": field.refers_to.len() > 1,
        "precision": if field.kind == Kind::Int { 0 } else { field.precision },
        "queryByDistance": false,
        "referenceTargetField": null,
        "referenceTo": field.refers_to,
        "relationshipName": field.relationship,
        "relationshipOrder": null,
        "restrictedDelete": false,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.kind == Kind::Reference,
        "soapType": soap_type(field.kind),
        "sortable": field.is_filterable(),
        "type": field.kind.name(),
        "unique": field.external_id,
        "updateable": field.updateable && object.writable && rights.update,
        "writeRequiresMasterRead": false,
    })
}

/// The parts of a name and of an address belong to their compound.
fn compound<'a>(object: &'a Object, field: &Field) -> Option<&'a str> {
    if matches!(field.name, "FirstName" | "LastName" | "Salutation") {
        return object.field("Name").map(|f| f.name);
    }
    ["Street", "City", "State", "PostalCode", "Country"]
        .iter()
        .find_map(|part| field.name.strip_suffix(part))
        .and_then(|prefix| object.field(&format!("{prefix}Address")))
        .map(|f| f.name)
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Double | Kind::Currency | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::DateTime => "xsd:dateTime",
        Kind::Address => "urn:address",
        Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist => {
            "xsd:string"
        }
    }
}
