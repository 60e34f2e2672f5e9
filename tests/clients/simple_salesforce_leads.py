"""simple-salesforce, as published, works with the leads of the sandbox org that TURNWISE_SANDBOX_URL names.

It speaks https only, and the org is plain http on loopback: the adapter here changes the scheme and nothing else.
"""

import os
import unittest

import requests
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

ORG = os.environ.get("TURNWISE_SANDBOX_URL", "http://127.0.0.1:8081")


class PlainHttp(requests.adapters.HTTPAdapter):
    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


def org(token):
    session = requests.Session()
    session.mount("https://", PlainHttp())
    return Salesforce(instance_url=ORG, session_id=token, session=session, version="62.0")


class Leads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        seeded = [{"first_name": "Ama", "last_name": f"Osei {n}", "company": "Kente"} for n in range(250)]
        requests.post(f"{ORG}/sandbox/reset", json={"leads": seeded}).raise_for_status()
        form = {
            "grant_type": "client_credentials",
            "client_id": "turnwise-demo",
            "client_secret": "turnwise-demo-secret",
        }
        granted = requests.post(f"{ORG}/services/oauth2/token", data=form).json()
        cls.org = org(granted["access_token"])

    def test_creates_reads_changes_and_deletes(self):
        made = self.org.Lead.create({"LastName": "O'Neil", "Company": "Acme"})
        self.assertEqual(self.org.Lead.update(made["id"], {"Title": "CTO"}), 204)
        self.assertEqual(self.org.Lead.get(made["id"])["Title"], "CTO")
        found = self.org.query(format_soql("SELECT Id FROM Lead WHERE LastName = {}", "O'Neil"))
        self.assertEqual([row["Id"] for row in found["records"]], [made["id"]])
        self.assertEqual(self.org.Lead.delete(made["id"]), 204)
        with self.assertRaises(SalesforceResourceNotFound):
            self.org.Lead.get(made["id"])

    def test_upserts_by_external_id(self):
        record = {"LastName": "Boateng", "Company": "Kente"}
        answers = [self.org.Lead.upsert("External_Id__c/py%2F1", record) for _ in range(2)]
        self.assertEqual(answers, [201, 200])
        self.assertEqual(self.org.Lead.get_by_custom_id("External_Id__c", "py/1")["LastName"], "Boateng")

    def test_pages_and_searches(self):
        small = {"Sforce-Query-Options": "batchSize=200"}
        rows = self.org.query_all("SELECT Id FROM Lead WHERE LastName LIKE 'Osei%'", headers=small)
        self.assertEqual(len(rows["records"]), 250)
        found = self.org.search("FIND {Osei} IN NAME FIELDS RETURNING Lead(Id, Name LIMIT 3)")
        self.assertEqual(len(found["searchRecords"]), 3)
        self.assertEqual(self.org.quick_search("Nobody")["searchRecords"], [])

    def test_describes(self):
        self.assertIn("Lead", [found["name"] for found in self.org.describe()["sobjects"]])
        self.assertIn("External_Id__c", [field["name"] for field in self.org.Lead.describe()["fields"]])
        self.assertGreater(self.org.limits()["DailyApiRequests"]["Remaining"], 0)
        self.assertEqual(self.org.api_usage["api-usage"].total, 15_000)

    def test_is_refused_as_the_real_org_refuses(self):
        with self.assertRaises(SalesforceMalformedRequest) as refused:
            self.org.Lead.create({})
        error = refused.exception.content[0]
        self.assertEqual(error["errorCode"], "REQUIRED_FIELD_MISSING")
        self.assertEqual(error["fields"], ["LastName", "Company"])
        with self.assertRaises(SalesforceMalformedRequest):
            self.org.query("SELECT Nothing FROM Lead")
        with self.assertRaises(SalesforceExpiredSession):
            org("none").query("SELECT Id FROM Lead")
        with self.assertRaises(SalesforceRefusedRequest):
            self.org.User.create({"LastName": "Nobody"})


if __name__ == "__main__":
    unittest.main()
