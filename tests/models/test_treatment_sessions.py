from tracker.models.treatment_sessions import IS_NASAL_ESKETAMINE


def test_a_query_asks_for_nasal_esketamine_as_the_domain_does():
    told = str(IS_NASAL_ESKETAMINE.compile(compile_kwargs={"literal_binds": True}))
    assert told == "treatment_session.drug = 'esketamine' AND treatment_session.route = 'nasal'"
