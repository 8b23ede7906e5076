"""Classifies each field of a request to a model's API. A field that isn't listed is refused."""

from __future__ import annotations

from typing import Final

from .outgoing import Fields, Kind


def _all(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


OPENAI: Final[Fields] = {
    **_all(
        Kind.TEXT,
        """
        assistant.name developer.name message.name messages.name system.name user.name
        city code code_interpreter_call.code command commands content definition description diff
        error filename input instructions logs message output path pattern prompt_cache_key queries
        query reason refusal region revised_prompt result safety_identifier server_description
        stderr stdout stop text title transcript url user value working_directory
        """,
    ),
    **_all(
        Kind.DATA, "arguments attributes env logit_bias metadata parsed parsed_arguments variables"
    ),
    **_all(Kind.SCHEMA, "input_schema output_schema parameters schema"),
    **_all(
        Kind.UNCHECKED,
        """
        data domain_secrets.value file_data file_ids file_url image_generation_call.result
        image_url logprobs computer_screenshot.file_id file.file_id input_file.file_id
        input_image.file_id input_image_mask.file_id
        """,
    ),
    **_all(Kind.OPAQUE, "mcp.authorization mcp.headers"),
    **_all(
        Kind.IDENTIFIER,
        """
        allowed_domains allowed_tools annotations approval_request_id call_id caller_id categories
        comparison_response_id container container_id continuation_id conversation
        country domain encrypted_content file_id filters fingerprint id key keys mode model name
        namespace param previous_response_id server_label server_url size skill_id timezone token
        tool_call_id tool_names tools tunnel_id type vector_store_ids version voice
        acknowledged_safety_checks.code error.code function.name pending_safety_checks.code
        reasoning.mode tool.name
        """,
    ),
    **_all(
        Kind.STRUCTURE,
        """
        access_programs acknowledged_safety_checks action actions allowed_callers always approve
        approximate async audio background background_options button bytes caller compact_threshold
        completion_window complexity connector_id context context_compression context_management
        created_by custom cyber defer_loading detail display_height display_width domain_secrets
        effort embedding_weight end_index environment execution exit_code expires_at
        external_web_access file format frame_count frame_duration_ms frequency_penalty function
        function_call functions generate_summary grammar hybrid_search image include
        include_obfuscation include_usage index input_audio input_fidelity input_image_mask
        input_tokens json_schema logprob max_completion_tokens max_num_results max_output_length
        max_output_tokens max_tokens max_tool_calls media_type memory_limit messages modalities
        moderation moderation_details moderation_stage n network_policy never operation outcome
        output_compression output_format output_tokens outputs parallel_tool_calls partial_images
        pending_safety_checks phase policy prediction presence_penalty prewarm prompt
        prompt_cache_breakpoint prompt_cache_options prompt_cache_retention quality ranker
        ranking_options read_only reasoning reasoning_effort reasoning_tokens require_approval
        response_format results role score score_threshold scroll_x scroll_y search_content_types
        search_context_size seed service_tier skills source sources start_index status store stream
        stream_options strict summary svg svg_usage syntax temperature text_weight timeout_ms
        tool_calls tool_choice top_logprobs top_p total_tokens truncation ttl url_citation
        user_location verbosity web_search_options x y
        """,
    ),
}

ANTHROPIC: Final[Fields] = {
    **_all(
        Kind.TEXT,
        """
        cited_text city content context description document_title error error_message instructions
        lines path region source stderr stdout stop_sequences system text text.data thinking title
        url user_id user_profile_id
        """,
    ),
    **_all(Kind.DATA, "input input_examples mcp_toolset.configs"),
    **_all(Kind.SCHEMA, "input_schema schema"),
    **_all(Kind.UNCHECKED, "container_upload.file_id data file.file_id url.url"),
    **_all(Kind.OPAQUE, "authorization_token"),
    **_all(
        Kind.IDENTIFIER,
        """
        allowed_domains allowed_tools betas blocked_domains category clear_tool_inputs container
        country download_id encrypted_content encrypted_index encrypted_stdout exclude_tools
        fallback.trigger fallback_credit_token file_id id inference_geo mcp_server_name model name
        page_age previous_message_id redacted_thinking.data retrieved_at server_name signature
        skill_id stop_reason tab_id timezone token tool_id tool_name tool_use_id toolset_name
        version workspace_id
        """,
    ),
    **_all(
        Kind.STRUCTURE,
        """
        active allowed_callers bill_to billing_policy block_binding budget_tokens cache_control
        caching caller citations clear_at clear_at_least client_tool_results close_tab compaction
        configs context_management cursor_position default_config defer_loading definition
        diagnostics disable_parallel_tool_use display display_height_px display_number
        display_width_px document_index double_click eager_input_streaming edits effort enable_zoom
        enabled end_block_index end_char_index end_page_number error_code fallbacks file_type
        file_upload find form_input format from get_page_text hold_key hover is_error is_file_update
        javascript_exec keep key left_click left_click_drag left_mouse_down left_mouse_up list_tabs
        max_characters max_content_tokens max_tokens max_uses mcp_servers media_type messages
        metadata middle_click mode mouse_move navigate new_lines new_start new_tab num_lines
        old_lines old_start output_config oversized_image pause_after_compaction
        prefix_mismatch_behavior read_console read_network read_page remaining response_inclusion
        return_code right_click role screenshot scroll scroll_to search_result_index
        server_tool_results service_tier size_bytes skills speed start_block_index start_char_index
        start_line start_page_number state_changes stream strict switch_tab tabs task_budget
        temperature thread to tool tool_changes tool_choice tool_configuration tool_references tools
        top_k top_p total total_lines transformations trigger triple_click ttl type url_sources
        use_cache user_input user_location value wait zoom
        """,
    ),
}
