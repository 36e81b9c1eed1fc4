// Infobip's own client for JavaScript, pointed at Pinwire: the whole flow. It gives an error back as a value.
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { Infobip, AuthType } = require('@infobip-api/sdk');

const { DEMO_API, DEMO_KEY_FILE, DEMO_SIM } = process.env;
const client = new Infobip({
    baseUrl: DEMO_API,
    apiKey: readFileSync(DEMO_KEY_FILE, 'utf8').trim(),
    authType: AuthType.ApiKey,
});
const api = client.service.twoFA;

async function taken(call) {
    const answer = await call;
    assert.equal(answer.status, 200, `${answer.message}: ${JSON.stringify(answer.response?.data)}`);
    return answer.data;
}

async function inbox(number) {
    return (await (await fetch(`${DEMO_SIM}/inbox/${number}`)).json()).messages;
}

async function main() {
    const { applicationId } = await taken(api.createApplication({ name: 'check-api, node' }));
    const { messageId } = await taken(api.createMessageTemplate(applicationId, {
        messageText: '{{pin}} is your code', pinType: 'NUMERIC', pinLength: 6,
    }));
    const to = `346${String(Math.floor(Math.random() * 10000)).padStart(4, '0')}1051`;
    const sent = await taken(api.sendPINCodeSMS({ applicationId, messageId, to }));
    assert.equal(sent.smsStatus, 'MESSAGE_SENT');
    const again = await taken(api.resendPINCodeSMS(sent.pinId));
    assert.equal(again.pinId, sent.pinId);
    await taken(api.resendPINCodeVoice(sent.pinId));
    const code = (await inbox(to))[0].text.match(/[0-9]{6}/)[0];
    const guess = await taken(api.verifyPhoneNumber(sent.pinId, { pin: code }));
    assert.equal(guess.verified, true);
    const { verifications } = await taken(api.getVerificationStatus(applicationId, { msisdn: to }));
    assert.equal(verifications[0].verified, true);
    console.log('  the whole flow: as it should be');
}

main();
