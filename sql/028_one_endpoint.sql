-- What an operator set for one endpoint, for whoever posts to it on behalf of its account: a test report of the API's goes
-- with the header that real ones go with. Beside read_endpoint_settings() (024), which is the callbacks'.
create function read_endpoint_setting(p_account text, p_origin text) returns setof endpoint_setting
language plpgsql stable as
$$
begin
    return query select * from endpoint_setting s where s.account = p_account and s.origin = p_origin;
end
$$;

revoke all on function read_endpoint_setting(text, text) from public;
do
$$
begin
    perform expose('read_endpoint_setting', 'api', 'callback');
end
$$;
