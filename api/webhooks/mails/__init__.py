"""Mail to an agency about its webhooks, to the mailbox that its administrator has named.

    waiting → sent | superseded | given_up

A mail is queued in the transaction of its event, and judged each time it is about to leave: whom
it goes to, and whether what it says still holds. It is sent at least once, with a `Message-ID` that
stays, and holds nothing of any family or event.
"""
