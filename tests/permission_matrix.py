"""Who may open which route of the plugin; a new route needs a line here.

A letter per role: (a)nonymous, (x) an outsider with the admin but no right in the CRM,
(m)arketer, (s)taff, (o)wner. ``READ`` is about GET; "" means that the page answers 404
to everybody as long as the site has no workflow. ``ACT`` are routes for POST only.

There is no column "own or somebody else's", because no role is limited to the contacts,
inquiries or deals whose owner one is. The owner of a record is who looks after it, not
who may see it: whoever takes the telephone answers for an absent colleague, and
``visible_to`` asks for the right on the noun. What does hang on the one object is tested
beside the matrix: sensitive segments, attributes and what rests on them
(``test_permissions``, ``test_sensitive_walk``), one's own bulk changes and what somebody
else has locked (``test_permissions_objects``), and pages, of which Wagtail's own rights
decide (``test_members_pages``).
"""

READ: dict[str, dict[str, str]] = {
    "": {
        "mso": (
            "crm_ledgers_deliveries_modeladmin_index "
            "crm_ledgers_deliveries_modeladmin_inspect "
            "crm_ledgers_consents_modeladmin_index "
            "crm_ledgers_consents_modeladmin_inspect "
            "crm_ledgers_touchpoints_modeladmin_index "
            "crm_ledgers_touchpoints_modeladmin_inspect"
        ),
        "o": (
            "crm_ledgers_sensitive-views_modeladmin_index "
            "crm_ledgers_sensitive-views_modeladmin_inspect "
            "crm_ledgers_member-views_modeladmin_index "
            "crm_ledgers_member-views_modeladmin_inspect"
        ),
        "so": (
            "crm_ledgers_import-rows_modeladmin_index "
            "crm_ledgers_import-rows_modeladmin_inspect"
        ),
    },
    "crm_delivery": {
        "mso": "index settle",
    },
    "crm_campaign": {
        "mso": (
            "list list_results confirm_workflow_cancellation send letter "
            "mailing mailing_state"
        ),
        "mo": (
            "add edit delete usage history history_results copy preview_on_add "
            "preview_on_edit revisions_view revisions_revert revisions_compare "
            "revisions_unschedule unpublish workflow_history"
        ),
        "": (
            "workflow_action collect_workflow_action_data "
            "workflow_history_detail workflow_preview"
        ),
    },
    "wagtailsnippetchoosers_crm_plugin_campaign": {
        "mso": "choose choose_results chosen chosen_multiple",
        "mo": "create",
    },
    "crm_segment": {
        "mso": (
            "list list_results inspect confirm_workflow_cancellation explain "
            "explain_whom on_day past_progress"
        ),
        "mo": (
            "add edit delete usage history history_results copy preview_on_add "
            "preview_on_edit revisions_view revisions_revert revisions_compare "
            "revisions_unschedule unpublish workflow_history ready"
        ),
        "": (
            "workflow_action collect_workflow_action_data "
            "workflow_history_detail workflow_preview"
        ),
    },
    "wagtailsnippetchoosers_crm_plugin_segment": {
        "mso": "choose choose_results chosen chosen_multiple",
        "mo": "create",
    },
    "crm_message": {
        "mo": (
            "list list_results add edit usage history history_results "
            "preview_on_add preview_on_edit revisions_view revisions_revert "
            "revisions_compare test restore"
        ),
        "o": "delete",
    },
    "wagtailsnippetchoosers_crm_plugin_servicemessage": {
        "mo": "choose choose_results chosen chosen_multiple create",
    },
    "crm_today": {
        "mso": "index list list_results",
        "so": "edit",
    },
    "crm_inquiry": {
        "mso": "index index_results answer",
        "so": "next",
    },
    "crm_booking": {
        "mso": "index week list list_results detail waiting",
        "so": "add move",
    },
    "crm_touchpoint": {
        "so": "add move take_back undo",
    },
    "crm_service": {
        "mso": "index index_results preview",
        "o": "add edit delete history history_results usage",
    },
    "crm_resource": {
        "so": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_not_followed_up": {
        "mso": "index",
    },
    "crm_report": {
        "mso": "index show",
    },
    "crm_purchase": {
        "mso": "index index_results",
        "so": "add edit give_back history history_results usage",
        "o": "delete",
    },
    "crm_counter": {
        "so": "index",
    },
    "crm_deal": {
        "mso": "index list list_results inspect durations",
        "so": "add edit close",
        "o": "delete",
    },
    "crm_deal_stage": {
        "mso": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_lost_reason": {
        "mso": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_plan": {
        "mso": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_plan_period": {
        "so": "change edit remove",
    },
    "crm_product": {
        "mso": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_product_category": {
        "mso": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_scheme": {
        "mso": "index scheme",
        "mo": "edit delete",
    },
    "crm_score": {
        "mso": "index index_results",
        "mo": "add edit delete history history_results usage",
    },
    "crm_home": {
        "mso": "index",
    },
    "crm_contact": {
        "mso": "index index_results inspect story why scores map bulk bulk_edits archived",
        "so": (
            "add edit quick origin add_place years preferences bulk_edit bulk_progress"
        ),
    },
    "crm_merge": {
        "so": "preview choose undo",
    },
    "crm_call": {
        "mso": "index contact",
    },
    "crm_claim": {
        "so": "index",
    },
    "crm_evidence": {
        "o": "index",
    },
    "crm_duplicate": {
        "so": "index progress",
    },
    "crm_organisation": {
        "mso": "index index_results inspect story archived",
        "so": (
            "add edit years add_person edit_place end_place remove_place "
            "add_department edit_department remove_department"
        ),
    },
    "crm_attribute": {
        "mso": "index index_results",
        "mo": "add edit",
        "o": "delete",
    },
    "crm_settings": {
        "o": "edit",
    },
    "crm_import": {
        "so": ("index results new batch columns basis apply undo progress left_out"),
    },
    "crm_submission": {
        "so": "index index_results inspect file release_all spam_all",
    },
    "crm_topic": {
        "mso": "index index_results",
        "mo": "add edit history history_results usage",
        "o": "delete",
    },
    "crm_sender": {
        "mo": "index index_results",
        "o": "add edit delete history history_results usage",
    },
    "crm_members": {
        "mso": "index",
        # Page permissions decide, which these roles have none of.
        "": "edit",
    },
    "crm_promoted": {
        # Wagtail's right to promote results decides, which these roles have not.
        "": "index edit",
    },
    "crm": {
        "axmso": (
            "confirm preferences ask_preferences unsubscribe click view forget "
            "booking booking_calendar waiting site_visits members_enter"
        ),
    },
}

ACT: dict[str, dict[str, str]] = {
    "crm": {
        "axmso": "members_link form_started",
    },
    "crm_campaign": {
        "mo": "lock unlock test launch steer",
    },
    "crm_segment": {
        "mo": "lock unlock fill_past",
    },
    "crm_scheme": {
        "mo": "move",
    },
    "crm_today": {
        "so": "done undo move",
    },
    "crm_inquiry": {
        "so": "presence",
    },
    "crm_booking": {
        "so": "mark leave",
    },
    "crm_home": {
        "mo": "draft_came_once",
    },
    "crm_contact": {
        "so": "follow_up bulk_undo suspects send_preferences_link archive",
        "mo": "save_segment pick",
    },
    "crm_organisation": {
        "so": "archive",
    },
    "crm_deal": {
        "so": "move involve release step",
    },
    "crm_counter": {
        "so": "undo claims",
    },
    "crm_find": {
        "mso": "people organisations",
    },
    "crm_duplicate": {
        "so": "dismiss restore search",
    },
    "crm_claim": {
        "so": "accept reject accept_all reject_all another_person",
    },
    "crm_import": {
        "so": "again discard",
    },
    "crm_submission": {
        "so": "release release_as_inquiry spam",
    },
    # For those who may edit pages, which none of our roles includes.
    "crm_form": {
        "": "problems",
    },
}

# Lists that leave as a file with ``?export=csv``, and the roles that may take them.
EXPORT: dict[str, dict[str, str]] = {
    "crm_contact": {"o": "index"},
    "crm_organisation": {"o": "index"},
    "crm_duplicate": {"o": "index"},
    "crm_inquiry": {"o": "index"},
    "crm_today": {"o": "list"},
    "crm_submission": {"o": "index"},
    "crm_booking": {"o": "list"},
    "crm_purchase": {"o": "index"},
    "crm_deal": {"o": "list durations"},
    "crm_report": {"o": "show"},
    "crm_campaign": {"o": "list mailing"},
    "crm_not_followed_up": {"o": "index"},
    "crm_attribute": {"o": "index"},
    "crm_topic": {"o": "index"},
    "crm_sender": {"o": "index"},
    "crm_service": {"o": "index"},
    "crm_resource": {"o": "index"},
    "crm_score": {"o": "index"},
    "crm_plan": {"o": "index"},
    "crm_deal_stage": {"o": "index"},
    "crm_lost_reason": {"o": "index"},
    "crm_product_category": {"o": "index"},
    "crm_product": {"o": "index"},
    "crm_segment": {"o": "list"},
    "": {
        "o": (
            "crm_ledgers_touchpoints_modeladmin_index "
            "crm_ledgers_deliveries_modeladmin_index "
            "crm_ledgers_consents_modeladmin_index "
            "crm_ledgers_member-views_modeladmin_index"
        ),
    },
}


def flat(table: dict[str, dict[str, str]]) -> dict[str, str]:
    """Route name to letters."""
    return {
        f"{space}:{view}" if space else view: letters
        for space, by_letters in table.items()
        for letters, views in by_letters.items()
        for view in views.split()
    }
