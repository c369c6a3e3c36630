"""Subject notification: the person an alert is about is told, or a manager records why not.

    due → sent
    due → withheld → sent, or withheld again

Withholding needs a reason, a manager other than the author, and a day to look again, not later
than the review. While it is withheld there is no letter, and readers are told not to mention the
alert. The letter's data can leave out who reported it.
"""
