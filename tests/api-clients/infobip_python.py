"""Infobip's own client for Python, pointed at Pinwire and otherwise as its readers use it: the whole flow."""
from infobip_api_client import models
from infobip_api_client.api.tfa_api import TfaApi
from infobip_api_client.api_client import ApiClient, Configuration
from infobip_api_client.exceptions import ApiException

from inbox import API, KEY, a_number, code_in, messages, wrong


def fails(call, status, message_id):
    try:
        call()
    except ApiException as error:
        assert error.status == status, error
        assert message_id in error.body, error.body
    else:
        raise AssertionError(f"no {status}")


def make_application(api):
    made = api.create_tfa_application(
        models.TfaApplicationRequest(
            name="check-api",
            enabled=True,
            configuration=models.TfaApplicationConfiguration(
                pin_attempts=5,
                allow_multiple_pin_verifications=True,
                pin_time_to_live="15m",
                verify_pin_limit="10/3s",
                send_pin_per_application_limit="10000/1d",
                send_pin_per_phone_number_limit="10/1d",
            ),
        )
    )
    got = api.get_tfa_application(made.application_id)
    assert got == made, got
    assert made in api.get_tfa_applications()
    changed = api.update_tfa_application(
        made.application_id, models.TfaApplicationRequest(name="check-api, renamed")
    )
    assert changed.name == "check-api, renamed" and changed.configuration.pin_attempts == 5
    return made.application_id


def make_template(api, application):
    made = api.create_tfa_message_template(
        application,
        models.TfaCreateMessageRequest(
            message_text="{{pin}} is your {{shop}} code",
            pin_type=models.TfaPinType.NUMERIC,
            pin_length=4,
            sender_id="Pinwire",
            language=models.TfaLanguage.EN,
            repeat_dtmf="1#",
            speech_rate=1.0,
        ),
    )
    assert made.pin_placeholder == "{{pin}}"
    assert api.get_tfa_message_template(application, made.message_id) == made
    assert made in api.get_tfa_message_templates(application)
    changed = api.update_tfa_message_template(
        application, made.message_id, models.TfaUpdateMessageRequest(pin_length=6)
    )
    assert changed.pin_length == 6 and changed.message_text == made.message_text
    return made.message_id


def start(application, message, to):
    return models.TfaStartAuthenticationRequest(
        application_id=application, message_id=message, to=to, placeholders={"shop": "Acme"}
    )


def guess(api, pin, code):
    return api.verify_tfa_phone_number(pin, models.TfaVerifyPinRequest(pin=code))


def by_sms(api, application, message):
    to = a_number("1021")
    sent = api.send_tfa_pin_code_over_sms(start(application, message, to), nc_needed=True)
    assert sent.to == to and sent.sms_status == "MESSAGE_SENT", sent
    assert sent.nc_status == "NC_DESTINATION_REACHABLE", sent
    code = code_in(messages(to, 1)[0])
    answer = guess(api, sent.pin_id, wrong(code))
    assert not answer.verified and answer.pin_error == "WRONG_PIN" and answer.attempts_remaining == 4, answer
    again = api.resend_tfa_pin_code_over_sms(
        sent.pin_id, models.TfaResendPinRequest(placeholders={"shop": "Acme"})
    )
    assert again.sms_status == "MESSAGE_SENT" and again.pin_id == sent.pin_id, again
    assert code_in(messages(to, 2)[1]) == code
    spoken = api.resend_tfa_pin_code_over_voice(sent.pin_id, models.TfaResendPinRequest())
    assert spoken.call_status and spoken.pin_id == sent.pin_id, spoken
    assert messages(to, 3)[2]["channel"] == "voice"
    answer = guess(api, sent.pin_id, code)
    assert answer.verified and answer.msisdn == to and answer.attempts_remaining == 0, answer
    listed = api.get_tfa_verification_status(to, application, verified=True).verifications
    assert len(listed) == 1 and listed[0].msisdn == to and listed[0].verified_at and listed[0].sent_at, listed


def by_voice(api, application, message):
    to = a_number("1022")
    called = api.send_tfa_pin_code_over_voice(start(application, message, to))
    assert called.to == to and called.pin_id and called.call_status, called
    assert messages(to, 1)[0]["channel"] == "voice"


def not_reachable(api, application, message):
    to = a_number("0100")
    sent = api.send_tfa_pin_code_over_sms(start(application, message, to), nc_needed=True)
    assert sent.nc_status == "NC_DESTINATION_NOT_REACHABLE" and sent.sms_status == "MESSAGE_NOT_SENT", sent
    messages(to, 0)


def errors(api, application, message):
    fails(lambda: api.get_tfa_application("0" * 32), 404, "NOT_FOUND")
    fails(lambda: guess(api, "0" * 32, "1234"), 404, "NOT_FOUND")
    fails(lambda: api.send_tfa_pin_code_over_sms(start(application, message, "nobody")), 400, "BAD_REQUEST")
    stranger = TfaApi(ApiClient(Configuration(host=API, api_key="pw_nobodys")))
    fails(stranger.get_tfa_applications, 401, "UNAUTHORIZED")


def main():
    api = TfaApi(ApiClient(Configuration(host=API, api_key=KEY)))
    application = make_application(api)
    message = make_template(api, application)
    for step in (by_sms, by_voice, not_reachable, errors):
        step(api, application, message)
        print(f"  {step.__name__}: as it should be")


main()
