-- code: E5074
-- title zh: 担保企业应为本票的平台、电商、物流或申报企业：{want}
-- title en: assureCode must be the platform, the seller, the carrier or the declarant of this import: {want}
-- todo zh: 改正 assureCode
-- todo en: correct assureCode
-- source: ceb-messages M-17
-- over: import_waybills

-- when
assure_code <> ALL (ARRAY[ebp_code, ebc_code, logistics_code])
AND assure_code <> ALL (ARRAY(SELECT g.value ->> 'declarant_code'
                              FROM jsonb_each((SELECT current_setting('hub.agency_settings'))::jsonb) g
                              WHERE g.value ->> 'declarant_code' IS NOT NULL))
-- seen
hub.shown(assure_code)
-- want
hub.shown(concat_ws(', ', ebp_code, ebc_code, logistics_code))
