"""What is asked for each task: the wordings of pipeline/vlm_prompt.c and, where several are in use, the others too."""

LABELS = (
    "abstract algorithm aside_text chart content display_formula doc_title figure_title footer footer_image footnote"
    " formula_number header header_image image inline_formula number paragraph_title reference reference_content seal"
    " table text vertical_text vision_footnote"
).split()

LAYOUT = (
    "Extract all layout elements from this image.\nOutput in JSON format. Each element must include:\n"
    "1.  `bbox`: `[x1, y1, x2, y2]`\n2.  `category`: One of ["
    + ", ".join(f"'{label}'" for label in LABELS)
    + "]\n\n**Important**: Do not include any extracted text in the output."
)

PROMPTS = {
    "document": ["Parse this document to Markdown."],
    "think": ["Parse this document to Markdown.<think>", "Parse this document to Markdown.\n<think>"],
    "table": ["Extract tables to HTML format.", "Please convert the table in the image to HTML."],
    "formula": ["Extract formulas to LaTeX.", "Please convert the formula in the image to LaTeX."],
    "text": ["Extract all visible text from the image.", "Please extract the text from the image."],
    "layout": [LAYOUT],
    "chart": [
        "Convert the data of the chart in the image to JSON. Output one ```json block and nothing else.",
    ],
}


def prompts(task, question):
    return [question] if task == "ask" else PROMPTS[task]


def chat(prompt, image_tokens):
    """The ChatML that the model sees, without a system message."""
    image = "<img>" + "<IMG_CONTEXT>" * image_tokens + "</img>"
    return f"<|im_start|>user\n{image}\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
