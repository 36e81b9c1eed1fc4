-- What every state change shares: names of statuses, events, the fold of a job over its attempts, its closing and
-- its one final report. Callers hold the job rows' locks, taken in key order by an earlier statement, so that each
-- statement here sees what other writers committed.

create function nc_name(smallint) returns text language sql immutable as
$$ select (array['NC_DESTINATION_REACHABLE','NC_DESTINATION_NOT_REACHABLE','NC_DESTINATION_UNKNOWN',
                 'NC_NOT_CONFIGURED'])[$1] $$;
create function sms_name(smallint) returns text language sql immutable as
$$ select (array['MESSAGE_NOT_SENT','MESSAGE_SENT'])[$1] $$;
create function call_name(smallint) returns text language sql immutable as
$$ select (array['PENDING_ACCEPTED','PROCESSING','UNDEFINED','ERROR','BAD_REQUEST','ERROR_ROUTE_NOT_AVAILABLE',
                 'ERROR_NETWORK_NOT_AVAILABLE','ERROR_NOT_ENOUGH_CREDITS','ERROR_NO_ANSWER','ERROR_USER_BUSY',
                 'ANSWERED_MACHINE','PROCESSED'])[$1] $$;
create function dlr_name(smallint) returns text language sql immutable as
$$ select (array['ACCEPTD','ENROUTE','UNKNOWN','EXPIRED','DELETED','UNDELIV','REJECTD','DELIVRD'])[$1] $$;

-- RFC 3339, UTC, microseconds.
create function time_name(timestamptz) returns text language sql stable as
$$ select to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
create function hex_name(uuid) returns text language sql immutable as
$$ select replace($1::text, '-', '') $$;

-- The event that announces a job's present status (docs/schemas/event.schema.json). JSON by concat(), which leaves
-- out what is NULL: a third of the time of jsonb_build_object(). The time comes in, so that the planner can inline it.
create function event_of(j job, p_repeat boolean, p_at timestamptz) returns text language sql stable as
$$
    select concat('{"account":', to_json(j.account), ',"job_id":', to_json(j.job_id), ',"message_id":"', hex_name(j.id),
                  '","version":', j.version, ',"at":"', time_name(p_at), '","to":"', j.msisdn,
                  '","final":', (j.final_at is not null)::text, ',"in_doubt":', j.in_doubt::text,
                  ',"pin_id":' || to_json(j.pin_id), ',"nc_status":"' || nc_name(j.nc_status) || '"',
                  ',"sms_status":"' || sms_name(j.sms_status) || '"',
                  ',"call_status":"' || call_name(j.call_status) || '"',
                  ',"dlr_status":"' || dlr_name(j.dlr_status) || '"', ',"reason":' || to_json(j.reason),
                  ',"reference":' || to_json(j.reference), case when p_repeat then ',"repeat":true' end, '}')
$$;

-- What the final report says, frozen (common/core/final_report.hpp reads it).
create function report_payload(j job) returns text language sql stable as
$$
    select concat('{"message_id":"', hex_name(j.id), '","account":', to_json(j.account), ',"job_id":', to_json(j.job_id),
                  ',"channel":', j.channel, ',"to":"', j.msisdn, '","in_doubt":', j.in_doubt::text,
                  ',"attempts":', j.attempts, ',"accepted_at":"', time_name(j.accepted_at),
                  '","final_at":"', time_name(j.final_at), '"',
                  ',"pin_id":' || to_json(j.pin_id), ',"from":' || to_json(j.sender),
                  ',"reference":' || to_json(j.reference), ',"nc_status":' || j.nc_status,
                  ',"sms_status":' || j.sms_status, ',"call_status":' || j.call_status,
                  ',"dlr_status":' || j.dlr_status, ',"reason":' || to_json(j.reason),
                  ',"route":' || to_json(j.route), ',"mccmnc":' || to_json(j.mccmnc),
                  ',"sent_at":"' || time_name(j.sent_at) || '"', '}')
$$;

-- A report's id is derived from its job and kind: a rerun makes the same one.
create function report_id_of(p_job uuid, p_kind smallint) returns uuid language sql immutable as
$$ select encode(substring(sha256(uuid_send(p_job) || int2send(p_kind)) from 1 for 16), 'hex')::uuid $$;

-- Inserts the final reports of jobs that this transaction closed. P6 hangs on it: callers pass only jobs whose
-- final_at they set themselves. With an owner the rows are born leased to it.
create function insert_final_reports(p_jobs uuid[], p_owner uuid, p_lease interval)
returns setof report language plpgsql volatile as
$$
#variable_conflict use_column
begin
    return query
        insert into report (id, job, kind, account, url, format, payload, lease_owner, lease_until)
        select report_id_of(j.id, 1::smallint), j.id, 1, j.account, j.report_url, j.report_format, report_payload(j),
               p_owner, case when p_owner is not null then clock_timestamp() + p_lease end
          from job j
         where j.id = any (p_jobs) and j.report_url is not null
           and (j.report_refusal or j.reason is distinct from 'lookup_refused')
         order by j.id
        on conflict (job, kind) do nothing
        returning *;
end
$$;

-- One outbox row for the events of this transaction: of jobs that changed, and of jobs that a repeat asked about.
create function announce(p_owner uuid, p_changed uuid[], p_repeated uuid[]) returns void
language plpgsql volatile as
$$
begin
    insert into outbox (owner, events)
    select p_owner, e.events
      from (select '[' || string_agg(concat('{"key":"', j.msisdn, '"', ',"waiter":' || to_json(j.waiter), ',"event":',
                                            event_of(j, j.id <> all (p_changed), clock_timestamp()), '}'), ',') || ']'
                     as events
              from job j where j.id = any (p_changed || p_repeated)) e
     where e.events is not null;
end
$$;

-- Folds each job over its attempts and closes it when no attempt is open, or when one was delivered. Statuses only
-- grow (P7); a failure shows only when nothing is open. Returns the jobs whose status changed.
create function fold_and_close(p_jobs uuid[])
returns table (job_id uuid, closed_now boolean) language plpgsql volatile as
$$
#variable_conflict use_column
begin
    return query
        with f as (
            select a.job,
                   count(*) filter (where a.state in (1, 2, 3, 4) and not a.closed) as open,
                   bool_or(a.state = 4) as any_sent,
                   bool_or(a.state = 3) as any_doubt,
                   max(a.dlr_status) filter (where a.state in (3, 4)) as dlr,
                   max(a.call_status) filter (where a.state in (3, 4)) as call_sent,
                   max(a.call_status) filter (where a.state = 5) as call_unsent,
                   count(*)::smallint as attempts,
                   min(a.sent_at) as sent_at,
                   (array_agg(a.route order by a.n desc))[1] as route,
                   (array_agg(coalesce(a.dlr_error, a.error) order by a.n desc))[1] as error
              from attempt a
             where a.job = any (p_jobs)
             group by a.job
        ), n as (
            select j.id, j.final_at is not null as was_final,
                   (f.open = 0 or coalesce(f.dlr = 8, false)) as is_final,
                   case when j.channel = 0 then greatest(j.sms_status,
                        case when f.any_sent or (f.open = 0 and f.any_doubt) then 2
                             when f.open = 0 then 1 end) end as sms,
                   case when j.channel = 1 then greatest(j.call_status,
                        case when f.open > 0 and f.call_sent between 3 and 11 then null
                             when f.call_sent is not null then f.call_sent
                             when f.open = 0 and f.any_doubt then 3
                             when f.open = 0 and not f.any_sent then coalesce(f.call_unsent, 4) end) end as call,
                   greatest(j.dlr_status,
                        case when f.open > 0 and f.dlr between 3 and 7 then null else f.dlr end,
                        case when f.open = 0 and f.any_doubt then 3 end) as dlr,
                   (f.open = 0 and f.any_doubt and not f.any_sent) as doubt,
                   f.attempts, f.sent_at, f.route,
                   case when coalesce(f.dlr, 0) = 8 then null
                        when f.open = 0 then coalesce(f.error, j.reason) else j.reason end as reason
              from job j join f on f.job = j.id
        )
        update job j
           set sms_status = n.sms::smallint, call_status = n.call::smallint, dlr_status = n.dlr::smallint,
               in_doubt = n.doubt, attempts = n.attempts, sent_at = n.sent_at, route = n.route, reason = n.reason,
               final_at = case when j.final_at is not null then j.final_at
                               when n.is_final then clock_timestamp() end,
               version = j.version + 1
          from n
         where j.id = n.id
           and ((j.sms_status, j.call_status, j.dlr_status, j.in_doubt, j.final_at is not null)
                is distinct from
                (n.sms::smallint, n.call::smallint, n.dlr::smallint, n.doubt, n.was_final or n.is_final))
        returning j.id, j.final_at is not null and not n.was_final;
end
$$;

-- Puts each job's due row where its most urgent open attempt wants it, and takes it away from final jobs.
create function reschedule(p_jobs uuid[]) returns void language plpgsql volatile as
$$
begin
    delete from due d using job j where d.job = any (p_jobs) and j.id = d.job and j.final_at is not null;
    update due d
       set what = s.state, route = s.route, at = s.next_at, close_at = s.deadline
      from (select distinct on (a.job) a.job, a.state, a.route, a.next_at, s2.deadline
              from attempt a
              join lateral (select max(b.deadline) as deadline from attempt b
                             where b.job = a.job and b.state in (1, 2, 3, 4) and not b.closed) s2 on true
             where a.job = any (p_jobs) and a.state in (1, 2, 3, 4) and not a.closed
             order by a.job, a.next_at, a.n) s
     where d.job = s.job
       and (d.what, d.route, d.at, d.close_at) is distinct from (s.state, s.route, s.next_at, s.deadline);
end
$$;
