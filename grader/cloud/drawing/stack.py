def draw_stack(stack): raise NotImplementedError
