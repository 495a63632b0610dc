(() => {
    const StructBlockDefinition = window.wagtailStreamField.blocks.StructBlockDefinition;

    /* A condition shows the fields that play a part, given what the others say. */
    class ConditionBlockDefinition extends StructBlockDefinition {
        render(placeholder, prefix, initialState, initialError) {
            const block = super.render(placeholder, prefix, initialState, initialError);
            const field = (name) => document.getElementById(`${prefix}-${name}`);
            window.crmDebug = window.crmDebug || [];
            window.crmDebug.push(block);
            return block;
        }
    }
    window.telepath.register('crm_plugin.rules.ConditionBlock', ConditionBlockDefinition);
})();
